# Certificates, authorities, lists and ticket keys by the names that the configuration and the runtime API give them.
noinst_LIBRARIES += proxyd/certificates/libproxyd_certificates.a
proxyd_certificates_libproxyd_certificates_a_SOURCES = \
  proxyd/certificates/crt_list_text.cc proxyd/certificates/crt_list_text.h \
  proxyd/certificates/library.cc proxyd/certificates/library.h \
  proxyd/certificates/take_over.cc proxyd/certificates/trusted.cc
