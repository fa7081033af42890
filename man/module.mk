dist_man_MANS += man/proxyd.8 man/vrrpd.8
