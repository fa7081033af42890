// Rows of global_defs that each process has under a name of its own: vrrp_priority, checker_priority, bfd_priority and so on.
#pragma once

#include "parsers/keepalived/config.h"
#include "parsers/keepalived/keyword.h"

namespace parsers::keepalived {

/// As the kernel can show it.
std::string read_short_name(Reader& in);
void read_process_name(ProcessTuning& to, Reader& in);
void read_process_priority(ProcessTuning& to, Reader& in);
void read_realtime_priority(ProcessTuning& to, Reader& in);
/// *_rlimit_rttime, and its old spelling *_rlimit_rtime.
void read_realtime_limit(ProcessTuning& to, Reader& in);
void read_no_swap(ProcessTuning& to, Reader& in);
void read_cpu_affinity(ProcessTuning& to, Reader& in);

/// The row's function for one process: &of_process<&GlobalDefs::checker, &read_no_swap>.
template <ProcessTuning GlobalDefs::* Process, void (*Read)(ProcessTuning& to, Reader& in)>
void of_process(GlobalDefs& to, Reader& in) { Read(to.*Process, in); }

}  // namespace parsers::keepalived
