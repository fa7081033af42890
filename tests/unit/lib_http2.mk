check_PROGRAMS += tests/unit/lib_http2_test
tests_unit_lib_http2_test_SOURCES = tests/unit/lib/http2/connection_test.cc
tests_unit_lib_http2_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_lib_http2_test_LDADD = $(UNIT_LIBS) lib/http2/libhttp2.a lib/http/libhttp.a lib/event/libevent.a lib/base/libbase.a \
  $(NGHTTP2_LIBS) $(CRYPTO_LIBS) $(EV_LIBS) $(FMT_LIBS)
TESTS += tests/unit/lib_http2_test
