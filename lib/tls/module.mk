# OpenSSL behind functions of our own: contexts and sessions, client side.
noinst_LIBRARIES += lib/tls/libtls.a
lib_tls_libtls_a_SOURCES = lib/tls/client.cc lib/tls/client.h
