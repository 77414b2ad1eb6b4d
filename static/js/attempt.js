// The viewer of the API's description. It is loaded before this module runs: both are deferred, in their order.

const place = document.getElementById("attempt");

window.SwaggerUIBundle({
  url: place.dataset.description,
  domNode: place,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: -1,
  displayRequestDuration: true,
  // No answer is sent anywhere to be judged.
  validatorUrl: null,
  persistAuthorization: false,
});
