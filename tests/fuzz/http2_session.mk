check_PROGRAMS += tests/fuzz/http2_session_fuzz
tests_fuzz_http2_session_fuzz_SOURCES = tests/fuzz/http2_session_fuzz.cc
tests_fuzz_http2_session_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_http2_session_fuzz_LDADD = $(FUZZ_MAIN) lib/http2/libhttp2.a lib/http/libhttp.a lib/event/libevent.a lib/base/libbase.a \
  $(NGHTTP2_LIBS) $(CRYPTO_LIBS) $(EV_LIBS) $(FMT_LIBS)
if !FUZZING
TESTS += tests/fuzz/http2_session_fuzz
endif
