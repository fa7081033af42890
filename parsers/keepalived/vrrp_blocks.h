// vrrp_instance and vrrp_sync_group, and the checks that need the whole configuration.
#pragma once

#include "parsers/keepalived/config.h"
#include "parsers/keepalived/keyword.h"

namespace parsers::keepalived {

void read_vrrp_instance(const Statement& block, Context& context);
void read_sync_group(const Statement& block, Context& context);
/// Keywords of scripts, mail and FIFOs that instances and groups share. True: it was one of them.
bool read_notify_keyword(Notify& to, Reader& in, const std::string& owner);

/// Defaults that depend on each other, strict mode, versions, groups, duplicate VRIDs: after everything is read.
void complete_vrrp(Context& context);

/// [all] SECONDS of garp_extra_if, its old name vmac_garp_intvl, and the global ones; `owner` stands before complaints.
void read_extra_announcements(GarpTimes& to, Reader& in, const std::string& owner, std::string_view newer_name, int least);

}  // namespace parsers::keepalived
