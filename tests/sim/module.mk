# The VRRP simulator: many routers, a virtual network, a virtual clock.
check_PROGRAMS += tests/sim/vrrp_sim
tests_sim_vrrp_sim_SOURCES = tests/sim/vrrp_sim.cc
tests_sim_vrrp_sim_CXXFLAGS = $(TRIAD_CXXFLAGS) -Wall -Wextra
tests_sim_vrrp_sim_LDADD = vrrpd/core/libvrrpd_core.a lib/net/libnet.a lib/base/libbase.a $(FMT_LIBS)
TESTS += tests/sim/vrrp_sim
