check_PROGRAMS += tests/unit/proxyd_balance_test
tests_unit_proxyd_balance_test_SOURCES = \
  tests/unit/proxyd/balance/round_robin_test.cc tests/unit/proxyd/balance/other_algorithms_test.cc \
  tests/unit/proxyd/balance/hash_test.cc tests/unit/proxyd/balance/measured_hashes.h \
  tests/unit/proxyd/balance/fake_load.h tests/unit/proxyd/balance/measured_orders.h
# The tests have RTTI, the library has not: the sanitizer must not look for type information.
tests_unit_proxyd_balance_test_CXXFLAGS = $(UNIT_CXXFLAGS) -fno-sanitize=vptr
tests_unit_proxyd_balance_test_LDADD = $(UNIT_LIBS) proxyd/balance/libproxyd_balance.a lib/base/libbase.a $(FMT_LIBS)
TESTS += tests/unit/proxyd_balance_test
