// Hex dumps as genhash -v prints them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace checkerd::genhash {

/// Rows of 16 bytes: "0016  0a 0d 0a   ...   -   ...   text". A row that is not full is held back until more comes or flush().
class Dump {
 public:
  std::string add(std::string_view bytes);
  std::string flush();

 private:
  std::string row();
  std::uint64_t offset_ = 0;
  std::string held_;
};

}  // namespace checkerd::genhash
