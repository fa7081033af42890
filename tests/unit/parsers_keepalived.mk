# Unit tests of parsers/keepalived.
check_PROGRAMS += tests/unit/parsers_keepalived_test
tests_unit_parsers_keepalived_test_SOURCES = tests/unit/parsers/keepalived/fake_system.h \
  tests/unit/parsers/keepalived/load_test.cc tests/unit/parsers/keepalived/virtual_server_test.cc \
  tests/unit/parsers/keepalived/checker_test.cc tests/unit/parsers/keepalived/lvs_fixture.h
tests_unit_parsers_keepalived_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_parsers_keepalived_test_LDADD = $(UNIT_LIBS) parsers/keepalived/libkeepalived_parser.a parsers/common/libparsers_common.a \
  lib/net/libnet.a lib/base/libbase.a $(FMT_LIBS)
TESTS += tests/unit/parsers_keepalived_test
