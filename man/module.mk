dist_man_MANS += man/proxyd.8
