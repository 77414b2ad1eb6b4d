# Companies per HIP and quarter, in base R (4.0 or newer), without a package.
#
#     PORTAL=https://portal.example/api/v1 Rscript roll_ups.R

portal <- Sys.getenv("PORTAL", "http://localhost:8000/api/v1")

pull <- function(path) {
  answer <- url(paste0(portal, "/", path), headers = c(Accept = "text/csv"))
  # An empty cell is NA: not known, which is something else than 0.
  read.csv(answer, na.strings = "", encoding = "UTF-8")
}

companies <- pull("roll-ups?indicator=companies&actionLine=none")

# A row without a consortium is the programme. HIPs overlap: never add their companies up.
programme <- companies[is.na(companies$consortium), ]
print(programme[, c("period", "value", "trailingYear", "cumulative", "reported", "expected", "status")], row.names = FALSE)
