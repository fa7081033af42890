// keepalived: starts vrrpd and checkerd and watches over them, under keepalived's name.
#include "keepalived/parent/run.h"

int main(int argc, char** argv) { return keepalived::parent::run({argv, argv + argc}); }
