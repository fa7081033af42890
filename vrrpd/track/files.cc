#include "vrrpd/track/files.h"

#include <numeric>
#include <vector>

namespace vrrpd::track {

using keepalived::WatchFiles;

void Files::start(Start how) {
  std::vector<std::size_t> all(config_.track_files.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  watch_ = std::make_unique<WatchFiles>(loop_, config_, std::move(all), how == Start::Fresh, WatchFiles::First::Now, static_cast<keepalived::FileListener&>(*this));
}

void Files::on_file(std::size_t file, int value) {
  for (const Effect& effect : table_.set_value(table_.file_item(file), value)) sink_.on_effect(effect);
}

}  // namespace vrrpd::track
