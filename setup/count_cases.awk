# Counts test cases in a log of ctest, or in the output of one suite: prints "PASSED FAILED".
#
# A program says how many cases it ran: Catch2 by its summary, a suite of another kind by a line
# `N passed, N failed`. Where a program ended without saying so, it is one case: passed if ctest
# says so, and failed otherwise, for instance when it was killed.

function end_program(ok) {
  if (!counted) {
    if (ok) ++passed
    else ++failed
  } else if (!ok && !failed_here) {
    ++failed
  }
  counted = failed_here = 0
}

function add(more_passed, more_failed) {
  passed += more_passed
  failed += more_failed
  failed_here += more_failed
  counted = 1
}

/^All tests passed \([0-9]+ assertions? in [0-9]+ test cases?\)$/ {
  add($(NF - 2), 0)
}
/^test cases: / {
  ok = bad = 0
  for (i = 2; i <= NF; ++i) {
    if ($i == "passed") ok = $(i - 1)
    if ($i ~ /^failed/) bad = $(i - 1)
  }
  add(ok, bad)
}
/^[0-9]+ passed, [0-9]+ failed$/ { add($1, $3) }
/^Test Passed\.$/ { end_program(1) }
/^Test Failed\.$/ || /^Unable to find executable/ || /^Test Timeout/ || /^Exception: / {
  end_program(0)
}
END { print passed + 0, failed + 0 }
