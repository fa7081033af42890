# The program `keepalived`: the parent process that starts vrrpd and checkerd. It has a name that the original has, so that only
# `make install-compat` (or --enable-compat-names) installs it.
noinst_PROGRAMS += keepalived/parent/keepalived
keepalived_parent_keepalived_SOURCES = keepalived/parent/main.cc \
  keepalived/parent/children.cc keepalived/parent/children.h \
  keepalived/parent/plans.cc keepalived/parent/plans.h \
  keepalived/parent/programs.cc keepalived/parent/programs.h \
  keepalived/parent/run.cc keepalived/parent/run.h \
  keepalived/parent/texts.cc keepalived/parent/texts.h
keepalived_parent_keepalived_CPPFLAGS = $(AM_CPPFLAGS) -DTRIAD_SBINDIR='"$(sbindir)"' -DTRIAD_BINDIR='"$(bindir)"'
keepalived_parent_keepalived_LDADD = keepalived/supervision/libkeepalived_supervision.a $(KEEPALIVED_LIBS) $(VRRPD_PARSER_LIBS) $(LIB_LIBS) \
  $(NETLINK_LIBS) $(CRYPTO_LIBS) $(SYSTEM_LIBS)

# The originals' names: `keepalived` with its man page and unit, `haproxy` (proxyd), `genhash` (which has its name anyway).
# install-compat brings along what they start, so that no name leads nowhere.
install-compat: install-sbinPROGRAMS install-binPROGRAMS install-compat-names
install-compat-names: keepalived/parent/keepalived contrib/systemd/keepalived.service
	$(MKDIR_P) "$(DESTDIR)$(sbindir)" "$(DESTDIR)$(man8dir)" "$(DESTDIR)$(systemdsystemunitdir)"
	$(INSTALL_PROGRAM) keepalived/parent/keepalived "$(DESTDIR)$(sbindir)/keepalived"
	rm -f "$(DESTDIR)$(sbindir)/haproxy" && $(LN_S) proxyd "$(DESTDIR)$(sbindir)/haproxy"
	$(INSTALL_DATA) $(srcdir)/man/keepalived.8 "$(DESTDIR)$(man8dir)/keepalived.8"
	$(INSTALL_DATA) contrib/systemd/keepalived.service "$(DESTDIR)$(systemdsystemunitdir)/keepalived.service"
	$(MKDIR_P) "$(DESTDIR)$(bashcompletiondir)"
	$(INSTALL_DATA) $(srcdir)/contrib/completion/vrrpd "$(DESTDIR)$(bashcompletiondir)/keepalived"
	$(INSTALL_DATA) $(srcdir)/contrib/completion/proxyd "$(DESTDIR)$(bashcompletiondir)/haproxy"
uninstall-compat:
	rm -f "$(DESTDIR)$(sbindir)/keepalived" "$(DESTDIR)$(sbindir)/haproxy" "$(DESTDIR)$(man8dir)/keepalived.8" "$(DESTDIR)$(systemdsystemunitdir)/keepalived.service" \
	  "$(DESTDIR)$(bashcompletiondir)/keepalived" "$(DESTDIR)$(bashcompletiondir)/haproxy"
.PHONY: install-compat install-compat-names uninstall-compat
if COMPAT_NAMES
install-data-hook: install-compat-names
uninstall-hook: uninstall-compat
endif
EXTRA_DIST += man/keepalived.8
