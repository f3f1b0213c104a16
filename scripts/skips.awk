# skips.awk prints every skipped test of a go test -v log with its reason: the
# last line that the test itself wrote.

/^=== (RUN|NAME|CONT) / { test = $3; next }
/^ +[A-Za-z0-9_]+\.go:[0-9]+: / { said[test] = $0; sub(/^ +/, "", said[test]); next }
/^ *--- SKIP: / {
  reason = ($3 in said) ? said[$3] : "no reason given"
  if (!(($3, reason) in seen)) print "   " $3 ": " reason
  seen[$3, reason] = 1
}
/^(ok  |FAIL)\t/ { delete said }
