# summary.awk makes go test -v short: one line for a package that passed, and for
# one that failed everything but the passing tests.

/^(=== |--- PASS|    +--- PASS|PASS$|\?   )/ { next }
/^ok  / { print; fflush(); held = ""; next }
/^FAIL\t/ { printf "%s%s\n", held, $0; fflush(); held = ""; next }
{ held = held $0 "\n" }

END { printf "%s", held }
