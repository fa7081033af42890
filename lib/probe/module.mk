# Health checks as sequences of steps, for every daemon.
noinst_LIBRARIES += lib/probe/libprobe.a
lib_probe_libprobe_a_SOURCES = lib/probe/probe.cc lib/probe/probe.h \
  lib/probe/channel.cc lib/probe/channel.h \
  lib/probe/page_judge.cc lib/probe/page_judge.h \
  lib/probe/http2_talk.cc lib/probe/http2_talk.h \
  lib/probe/grpc_health.cc lib/probe/grpc_health.h \
  lib/probe/http_answer.cc lib/probe/http_answer.h \
  lib/probe/body_pattern.cc lib/probe/body_pattern.h \
  lib/probe/host_addresses.cc lib/probe/host_addresses.h \
  lib/probe/name_lookup.cc lib/probe/name_lookup.h \
  lib/probe/smtp_reply.cc lib/probe/smtp_reply.h \
  lib/probe/dns.cc lib/probe/dns.h \
  lib/probe/icmp.cc lib/probe/icmp.h
# What links libprobe.a links these behind it.
PROBE_LIBS = lib/probe/libprobe.a lib/http2/libhttp2.a lib/tls/libtls.a lib/crypto/libcrypto_digests.a lib/net/libnet.a
PROBE_SYSTEM_LIBS = $(NGHTTP2_LIBS) $(SSL_LIBS) $(CRYPTO_LIBS) $(PCRE2_LIBS)
