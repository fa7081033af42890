# Unit tests of checkerd/checkers.
check_PROGRAMS += tests/unit/checkerd_checkers_test
tests_unit_checkerd_checkers_test_SOURCES = tests/unit/checkerd/checkers/verdict_test.cc tests/unit/checkerd/checkers/words_test.cc \
  tests/unit/checkerd/checkers/checkers_test.cc tests/unit/checkerd/checkers/bench.h \
  tests/unit/lib/probe/peer.h
tests_unit_checkerd_checkers_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_checkerd_checkers_test_LDADD = $(UNIT_LIBS) $(CHECKERS_LIBS) $(PROBE_SYSTEM_LIBS) $(EV_LIBS) $(FMT_LIBS)
TESTS += tests/unit/checkerd_checkers_test
