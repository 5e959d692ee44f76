"""Swedish as it is written in Finland: "17 mars 2027 kl. 13.05"."""

DATETIME_FORMAT = r"j F Y \k\l. H.i"
TIME_FORMAT = "H.i"
