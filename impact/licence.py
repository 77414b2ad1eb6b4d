"""Under which terms everybody may use what the portal publishes: Creative Commons Attribution 4.0 (CC BY 4.0)."""

ADDRESS = "https://creativecommons.org/licenses/by/4.0/"
