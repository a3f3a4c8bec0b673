"""statistics: results in, intervals, p-values and forecasts' scores out. Pure; chance is seeded."""
