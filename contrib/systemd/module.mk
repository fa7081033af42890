# The service manager's units.
systemdsystemunitdir = @systemdsystemunitdir@
systemdsystemunit_DATA = contrib/systemd/proxyd.service
EXTRA_DIST += contrib/systemd/proxyd.service.in
CLEANFILES += contrib/systemd/proxyd.service
contrib/systemd/proxyd.service: contrib/systemd/proxyd.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) contrib/systemd && $(SED) 's|@sbindir[@]|$(sbindir)|g' $(srcdir)/contrib/systemd/proxyd.service.in > $@.tmp && mv $@.tmp $@
