check_PROGRAMS += tests/unit/lib_http_test
tests_unit_lib_http_test_SOURCES = tests/unit/lib/http/h1_support.h \
  tests/unit/lib/http/cookie_test.cc tests/unit/lib/http/h1_body_test.cc \
  tests/unit/lib/http/h1_head_test.cc \
  tests/unit/lib/http/h1_property_test.cc \
  tests/unit/lib/http/h1_request_twin_test.cc \
  tests/unit/lib/http/h1_response_twin_test.cc \
  tests/unit/lib/http/h1_vectors_test.cc \
  tests/unit/lib/http/h1_writer_test.cc \
  tests/unit/lib/http/words_test.cc
tests_unit_lib_http_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_lib_http_test_LDADD = $(UNIT_LIBS) lib/http/libhttp.a lib/base/libbase.a $(FMT_LIBS)
TESTS += tests/unit/lib_http_test
