# Completion for bash, which looks for a file of the command's name.
bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = contrib/completion/genhash contrib/completion/proxyd contrib/completion/vrrpd
nodist_bashcompletion_DATA = contrib/completion/checkerd
CLEANFILES += contrib/completion/checkerd
contrib/completion/checkerd: $(srcdir)/contrib/completion/vrrpd
	$(AM_V_GEN)$(MKDIR_P) $(@D) && cp $(srcdir)/contrib/completion/vrrpd $@
