# The service manager's units.
UNIT_FROM_TEMPLATE = $(AM_V_GEN)$(MKDIR_P) contrib/systemd && $(SED) 's|@sbindir[@]|$(sbindir)|g' $(srcdir)/$@.in > $@.tmp && mv $@.tmp $@
systemdsystemunitdir = @systemdsystemunitdir@
systemdsystemunit_DATA = contrib/systemd/checkerd.service contrib/systemd/proxyd.service contrib/systemd/vrrpd.service
EXTRA_DIST += contrib/systemd/checkerd.service.in contrib/systemd/keepalived.service.in contrib/systemd/proxyd.service.in contrib/systemd/vrrpd.service.in
CLEANFILES += $(systemdsystemunit_DATA) contrib/systemd/keepalived.service
contrib/systemd/checkerd.service: contrib/systemd/checkerd.service.in Makefile
	$(UNIT_FROM_TEMPLATE)
contrib/systemd/proxyd.service: contrib/systemd/proxyd.service.in Makefile
	$(UNIT_FROM_TEMPLATE)
contrib/systemd/vrrpd.service: contrib/systemd/vrrpd.service.in Makefile
	$(UNIT_FROM_TEMPLATE)
# Installed with the originals' names only.
contrib/systemd/keepalived.service: contrib/systemd/keepalived.service.in Makefile
	$(UNIT_FROM_TEMPLATE)
# The user and the folders that the units' daemons need.
sysusersdir = @sysusersdir@
dist_sysusers_DATA = contrib/sysusers.d/triad.conf
tmpfilesdir = @tmpfilesdir@
dist_tmpfiles_DATA = contrib/tmpfiles.d/triad.conf
# Only where it was asked for: Debian's haproxy package has its own of both.
EXTRA_DIST += contrib/rsyslog/49-triad.conf contrib/logrotate/triad
if INSTALL_RSYSLOG
rsyslog_DATA = contrib/rsyslog/49-triad.conf
endif
if INSTALL_LOGROTATE
logrotate_DATA = contrib/logrotate/triad
endif
