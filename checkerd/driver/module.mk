# Where the table lives: IPVS, nftables, memory.
noinst_LIBRARIES += checkerd/driver/libcheckerd_driver.a
checkerd_driver_libcheckerd_driver_a_SOURCES = checkerd/driver/connection_finder.cc checkerd/driver/connection_finder.h \
  checkerd/driver/driver.cc checkerd/driver/driver.h \
  checkerd/driver/ipvs.cc checkerd/driver/memory.cc \
  checkerd/driver/nft_limits.cc checkerd/driver/nft_limits.h checkerd/driver/nft_direct.cc checkerd/driver/nft_direct.h checkerd/driver/nft_rules.cc checkerd/driver/nft_rules.h \
  checkerd/driver/nft_usage.cc checkerd/driver/nft_usage.h checkerd/driver/nftables.cc checkerd/driver/slots.cc checkerd/driver/slots.h \
  checkerd/driver/table_changes.cc checkerd/driver/table_changes.h
