# Unit tests of checkerd/checkers.
check_PROGRAMS += tests/unit/checkerd_checkers_test
tests_unit_checkerd_checkers_test_SOURCES = tests/unit/checkerd/checkers/verdict_test.cc tests/unit/checkerd/checkers/words_test.cc \
  tests/unit/checkerd/checkers/checkers_test.cc tests/unit/checkerd/checkers/kinds_test.cc tests/unit/checkerd/checkers/bench.h \
  tests/unit/lib/probe/peer.h tests/unit/lib/probe/datagrams.h tests/unit/lib/probe/tls_peer.h
tests_unit_checkerd_checkers_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_checkerd_checkers_test_LDADD = $(UNIT_LIBS) $(CHECKERS_LIBS) $(PROBE_SYSTEM_LIBS) $(EV_LIBS) $(FMT_LIBS)
TESTS += tests/unit/checkerd_checkers_test

check_PROGRAMS += tests/unit/checkerd_genhash_test
tests_unit_checkerd_genhash_test_SOURCES = tests/unit/checkerd/genhash/genhash_test.cc checkerd/genhash/dump.cc checkerd/genhash/options.cc
tests_unit_checkerd_genhash_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_checkerd_genhash_test_LDADD = $(UNIT_LIBS) lib/net/libnet.a lib/base/libbase.a $(FMT_LIBS)
TESTS += tests/unit/checkerd_genhash_test
