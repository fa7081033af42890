# `make deb` packs this build, if it was configured for /usr, or else one of its own beside it that is, with the same options; the
# packages are in deb/ of that build.
DEB_OPTIONS = --prefix=/usr --sysconfdir=/etc --localstatedir=/var --enable-compat-names=no
deb:
	@if test '$(prefix)' = /usr; then $(MAKE) all && $(MAKE) keepalived/parent/keepalived && $(srcdir)/contrib/deb/make-deb . deb $(DEB_VERSION); else \
	  $(MKDIR_P) '../$(notdir $(abs_builddir))-deb' && eval "set -- `./config.status --config`" && \
	  cd '../$(notdir $(abs_builddir))-deb' && { test -f Makefile || '$(abs_srcdir)/configure' -q "$$@" $(DEB_OPTIONS); } && $(MAKE) deb; fi
.PHONY: deb
EXTRA_DIST += contrib/deb/make-deb contrib/deb/triad.control contrib/deb/triad.postinst contrib/deb/triad.prerm contrib/deb/triad.postrm \
  contrib/deb/triad-compat.control contrib/deb/triad-compat.postinst contrib/deb/triad-compat.prerm contrib/deb/triad-compat.postrm
