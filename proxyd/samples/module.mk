# pure
noinst_LIBRARIES += proxyd/samples/libproxyd_samples.a
proxyd_samples_libproxyd_samples_a_SOURCES = \
  proxyd/samples/arena.cc proxyd/samples/arena.h \
  proxyd/samples/arguments.cc proxyd/samples/arguments.h \
  proxyd/samples/base64.cc proxyd/samples/base64.h \
  proxyd/samples/coding_converters.cc \
  proxyd/samples/compile.cc proxyd/samples/compile.h \
  proxyd/samples/constant_fetches.cc \
  proxyd/samples/date_converters.cc \
  proxyd/samples/debug_converter.cc \
  proxyd/samples/digest_converters.cc \
  proxyd/samples/distcc_fetches.cc proxyd/samples/named_fetches.cc \
  proxyd/samples/environment.cc proxyd/samples/environment.h \
  proxyd/samples/expression.cc proxyd/samples/expression.h \
  proxyd/samples/fact_fetches.cc \
  proxyd/samples/fix_converters.cc proxyd/samples/mqtt_converters.cc proxyd/samples/packet_converters.cc \
  proxyd/samples/protobuf_converters.cc proxyd/samples/rfc7239_converters.cc \
  proxyd/samples/header_fetches.cc proxyd/samples/header_fetches.h \
  proxyd/samples/header_values.cc proxyd/samples/header_values.h \
  proxyd/samples/inspect_fetches.cc \
  proxyd/samples/tls_fetches.cc proxyd/samples/certificate_fetches.cc proxyd/samples/server_tls_fetches.cc \
  proxyd/samples/json_converters.cc \
  proxyd/samples/json_value.cc proxyd/samples/json_value.h \
  proxyd/samples/known_samples_table.cc proxyd/samples/known_samples.h \
  proxyd/samples/map_converters.cc \
  proxyd/samples/matching.cc proxyd/samples/matching.h \
  proxyd/samples/network_converters.cc \
  proxyd/samples/number_converters.cc \
  proxyd/samples/parameter_fetches.cc \
  proxyd/samples/piece_converters.cc \
  proxyd/samples/place.cc proxyd/samples/place.h \
  proxyd/samples/request_fetches.cc \
  proxyd/samples/response_fetches.cc \
  proxyd/samples/stream_converters.cc proxyd/samples/subject.h proxyd/samples/table.h \
  proxyd/samples/text_converters.cc proxyd/samples/text_output.h \
  proxyd/samples/value.cc proxyd/samples/value.h \
  proxyd/samples/variable_access.h proxyd/samples/variable_converters.cc \
  proxyd/samples/variables.cc proxyd/samples/variables.h
# What a program links for expressions.
SAMPLES_LIBS = proxyd/formats/libproxyd_formats.a proxyd/samples/libproxyd_samples.a proxyd/patterns/libproxyd_patterns.a $(PARSER_LIBS) lib/http/libhttp.a lib/tls/libtls.a lib/event/libevent.a \
  lib/crypto/libcrypto_digests.a lib/net/libnet.a lib/base/libbase.a
SAMPLES_SYSTEM_LIBS = $(FMT_LIBS) $(PCRE2_LIBS) $(SSL_LIBS) $(CRYPTO_LIBS) $(CRYPT_LIBS) $(EV_LIBS)
