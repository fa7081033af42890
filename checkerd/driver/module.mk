# Where the table lives: IPVS, nftables, memory.
noinst_LIBRARIES += checkerd/driver/libcheckerd_driver.a
checkerd_driver_libcheckerd_driver_a_SOURCES = checkerd/driver/driver.cc checkerd/driver/driver.h \
  checkerd/driver/ipvs.cc checkerd/driver/memory.cc
