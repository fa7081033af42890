// vrrp_script, track_file, vrrp_track_process, bfd_instance: what instances track; and the track_* lists that name them.
#pragma once

#include "parsers/keepalived/config.h"
#include "parsers/keepalived/keyword.h"

namespace parsers::keepalived {

void read_vrrp_script(const Statement& block, Context& context);
void read_track_file(const Statement& block, Context& context);
void read_track_process(const Statement& block, Context& context);
void read_bfd_instance(const Statement& block, Context& context);

/// The lists of an instance or a group; `owner` names it in complaints.
void read_track_interfaces(const Statement& block, Context& context, const std::string& owner, std::vector<TrackInterface>& to);
void read_track_scripts(const Statement& block, Context& context, const std::string& owner, std::vector<Track>& to);
void read_track_files(const Statement& block, Context& context, const std::string& owner, std::vector<Track>& to);
void read_track_processes(const Statement& block, Context& context, const std::string& owner, std::vector<Track>& to);
void read_track_bfds(const Statement& block, Context& context, const std::string& owner, std::vector<Track>& to);

}  // namespace parsers::keepalived
