# Responses about certificates' status (OCSP), asked for while the process runs.
noinst_LIBRARIES += proxyd/ocsp/libproxyd_ocsp.a
proxyd_ocsp_libproxyd_ocsp_a_SOURCES = \
  proxyd/ocsp/exchange_text.cc proxyd/ocsp/exchange_text.h \
  proxyd/ocsp/fetch.cc proxyd/ocsp/fetch.h \
  proxyd/ocsp/schedule.cc proxyd/ocsp/schedule.h \
  proxyd/ocsp/settings.h \
  proxyd/ocsp/updater.cc proxyd/ocsp/updater.h \
  proxyd/ocsp/wishes.cc proxyd/ocsp/wishes.h
