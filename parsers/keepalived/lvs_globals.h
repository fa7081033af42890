// Rows of global_defs that only checkerd acts on.
#pragma once

#include "parsers/keepalived/config.h"
#include "parsers/keepalived/keyword.h"

namespace parsers::keepalived {

void read_lvs_timeouts(GlobalDefs& to, Reader& in);
void read_lvs_flush_on_stop(GlobalDefs& to, Reader& in);
/// IFACE [[inst] INSTANCE] [id N] [maxlen N] [port N] [ttl N] [group ADDRESS]
void read_lvs_sync_daemon(GlobalDefs& to, Reader& in);
/// Ours: ipvs, nftables or auto.
void read_lvs_driver(GlobalDefs& to, Reader& in);
void read_nftables_ipvs(GlobalDefs& to, Reader& in);
void read_nftables_ipvs_priority(GlobalDefs& to, Reader& in);
void read_nftables_ipvs_mark(GlobalDefs& to, Reader& in);
/// The instance that lvs_sync_daemon follows must be there, once all are read.
void check_lvs_sync_daemon(Context& context);

}  // namespace parsers::keepalived
