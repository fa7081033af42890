# The daemon: main wires the rooms together.
sbin_PROGRAMS += checkerd/checkerd
checkerd_checkerd_SOURCES = checkerd/main.cc checkerd/daemon.cc checkerd/daemon_desk.cc checkerd/daemon.h \
  checkerd/bfd_states.cc checkerd/bfd_states.h checkerd/owned_file.cc checkerd/owned_file.h checkerd/sync_daemons.cc checkerd/sync_daemons.h \
  checkerd/table_keeper.cc checkerd/table_keeper.h
CHECKERD_LIBS = checkerd/report/libcheckerd_report.a checkerd/checkers/libcheckerd_checkers.a checkerd/driver/libcheckerd_driver.a \
  checkerd/core/libcheckerd_core.a $(KEEPALIVED_LIBS)
checkerd_checkerd_LDADD = $(CHECKERD_LIBS) $(VRRPD_PARSER_LIBS) $(LIB_LIBS) $(NETLINK_LIBS) $(CRYPTO_LIBS) $(SYSTEM_LIBS)
