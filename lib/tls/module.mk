# OpenSSL behind functions of our own: contexts, certificates, sessions.
noinst_LIBRARIES += lib/tls/libtls.a
lib_tls_libtls_a_SOURCES = \
  lib/tls/certificate.cc lib/tls/certificate.h lib/tls/certificate_internals.h \
  lib/tls/agreement.cc lib/tls/agreement.h \
  lib/tls/authorities.cc lib/tls/authorities.h lib/tls/authorities_internals.h \
  lib/tls/certificate_facts.cc lib/tls/certificate_facts.h \
  lib/tls/forger.cc lib/tls/forger.h \
  lib/tls/connection_facts.cc lib/tls/connection_facts.h lib/tls/notes.cc lib/tls/notes.h \
  lib/tls/client.cc lib/tls/client.h \
  lib/tls/client_context.cc lib/tls/client_context.h lib/tls/client_internals.h \
  lib/tls/client_layer.cc lib/tls/client_layer.h \
  lib/tls/ocsp.cc lib/tls/ocsp.h \
  lib/tls/ocsp_question.cc lib/tls/ocsp_question.h \
  lib/tls/ticket_keys.cc lib/tls/ticket_keys.h \
  lib/tls/certificate_text.cc lib/tls/certificate_text.h \
  lib/tls/issuer_chains.cc lib/tls/issuer_chains.h \
  lib/tls/layer.cc lib/tls/layer.h \
  lib/tls/openssl.cc lib/tls/openssl.h \
  lib/tls/server_context.cc lib/tls/server_context.h lib/tls/server_internals.h \
  lib/tls/server_hello.cc lib/tls/server_hello.h lib/tls/server_settings.h \
  lib/tls/server_extras.cc lib/tls/server_extras.h \
  lib/tls/server_table.cc lib/tls/server_table.h \
  lib/tls/server_layer.cc lib/tls/server_layer.h
