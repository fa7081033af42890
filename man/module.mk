dist_man_MANS += man/checkerd.8 man/proxyd.8 man/vrrpd.8

# The reference pages: what people write stands in the templates, what the programs take comes from their tables.
noinst_PROGRAMS += man/write_page
man_write_page_SOURCES = man/write_page.cc man/rows.cc man/rows.h
man_write_page_LDADD = $(PROXYD_LIBS) $(VRRPD_LIBS) $(CHECKERD_LIBS) $(VRRPD_PARSER_LIBS) $(PARSER_LIBS) $(LIB_LIBS) $(NETLINK_LIBS) $(CRYPTO_LIBS) \
  $(SYSTEM_LIBS)

REFERENCE_PAGES = man/keepalived.conf.5 man/haproxy.cfg.5 man/runtime-api.7
nodist_man_MANS = $(REFERENCE_PAGES)
CLEANFILES += $(REFERENCE_PAGES)
EXTRA_DIST += man/samples.tsv $(REFERENCE_PAGES:=.in)

man/keepalived.conf.5: man/write_page $(srcdir)/man/samples.tsv $(srcdir)/man/keepalived.conf.5.in
	$(AM_V_GEN)$(WRITE_PAGE)
man/haproxy.cfg.5: man/write_page $(srcdir)/man/samples.tsv $(srcdir)/man/haproxy.cfg.5.in
	$(AM_V_GEN)$(WRITE_PAGE)
man/runtime-api.7: man/write_page $(srcdir)/man/samples.tsv $(srcdir)/man/runtime-api.7.in
	$(AM_V_GEN)$(WRITE_PAGE)
WRITE_PAGE = man/write_page $(srcdir)/man/samples.tsv $(srcdir)/$@.in $(basename $(@F)) $(PACKAGE_VERSION) > $@.new && mv $@.new $@
