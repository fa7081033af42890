// keepalived's dump files: .stats (SIGUSR2), .data (SIGUSR1) and .json (SIGJSON), in the original's shapes
// (cli-and-signals, "Dump files"). Text only; keepalived/dump_file.h puts it on the disk.
#pragma once

#include <string>

#include "vrrpd/report/snapshot.h"

namespace vrrpd::report {

std::string stats_text(const Snapshot& snapshot);
std::string data_text(const Snapshot& snapshot);
std::string json_text(const Snapshot& snapshot);
/// Where an instance's addresses live: "eth0", on a virtual MAC "vrrp.51@eth0".
std::string carrier_text(const parsers::keepalived::VrrpInstance& conf, const InstanceSnapshot& now);
/// One instance's part of the .data dump.
std::string instance_text(const Snapshot& snapshot, std::size_t index);

}  // namespace vrrpd::report
