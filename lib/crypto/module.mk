# OpenSSL's digests behind functions of our own.
noinst_LIBRARIES += lib/crypto/libcrypto_digests.a
lib_crypto_libcrypto_digests_a_SOURCES = lib/crypto/digest.cc lib/crypto/digest.h lib/crypto/hmac.cc lib/crypto/hmac.h \
  lib/crypto/md5.cc lib/crypto/md5.h \
  lib/crypto/password.cc lib/crypto/password.h \
  lib/crypto/verdict.cc lib/crypto/verdict.h
