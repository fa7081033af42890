// Configuration files as they were read, section by section, so that two versions can be compared line by line.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "lib/base/outside.h"
#include "parsers/haproxy/tree.h"

namespace proxyd::reload {

struct Section {
  std::string title;               // "backend web"; a nameless one of which there are several: "defaults #2"
  std::vector<std::string> lines;  // after conditions and variables, words with one blank between them
  bool operator==(const Section&) const = default;
};

struct Outline {
  std::vector<Section> sections;
  std::map<std::string, std::uint64_t> files;  // what the lines name, each with a hash of what is in it
  bool operator==(const Outline&) const = default;
};

/// `learned`: what reading the files asked of the machine.
Outline outline_of(const parsers::haproxy::Tree& tree, const lib::base::OutsideRecord& learned);

}  // namespace proxyd::reload
