# genhash: the MD5 of a page, as HTTP_GET and SSL_GET compare it.
bin_PROGRAMS += checkerd/genhash/genhash
checkerd_genhash_genhash_SOURCES = checkerd/genhash/main.cc \
  checkerd/genhash/dump.cc checkerd/genhash/dump.h \
  checkerd/genhash/options.cc checkerd/genhash/options.h
checkerd_genhash_genhash_LDADD = checkerd/checkers/libcheckerd_checkers.a $(PROBE_LIBS) lib/http/libhttp.a lib/net/libnet.a \
  lib/event/libevent.a lib/base/libbase.a $(PROBE_SYSTEM_LIBS) $(EV_LIBS) $(FMT_LIBS)
dist_man_MANS += man/genhash.1
