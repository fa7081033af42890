# The VRRP simulator: many routers, a virtual clock.
