dist_man_MANS += man/checkerd.8 man/proxyd.8 man/vrrpd.8
