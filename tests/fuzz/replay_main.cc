// Runs a fuzz target on files instead of under libFuzzer: those named on the command line, or else
// the committed corpus of the target's name. An empty corpus is a failure.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace fs = std::filesystem;

namespace {

fs::path default_corpus(const char* program) {
  std::string name = fs::path{program}.filename().string();
  name = name.substr(0, name.rfind("_fuzz"));
  const char* root = std::getenv("srcdir");  // set by make check
  return fs::path{root == nullptr ? "." : root} / "tests/fuzz/corpus" / name;
}

void collect(const fs::path& path, std::vector<fs::path>& files) {
  if (!fs::is_directory(path)) {
    files.push_back(path);
    return;
  }
  for (const auto& entry : fs::directory_iterator{path}) files.push_back(entry.path());
}

void replay(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  const std::vector<char> bytes{std::istreambuf_iterator<char>{in}, {}};
  std::vector<std::uint8_t> input{
      bytes.begin(), bytes.end()};  // exactly as long as the file, for AddressSanitizer
  input.shrink_to_fit();
  (void)LLVMFuzzerTestOneInput(input.data(), input.size());  // always 0; a fault aborts
}

}  // namespace

int main(int count, char** arguments) {
  std::vector<fs::path> files;
  for (int i = 1; i < count; ++i) collect(arguments[i], files);
  if (count == 1) collect(default_corpus(arguments[0]), files);
  for (const fs::path& file : files) {
    std::cout << file.string() << std::endl;  // flushed: the last name is the culprit's
    replay(file);
  }
  std::cout << files.size() << " inputs\n";
  return files.empty() ? EXIT_FAILURE : EXIT_SUCCESS;
}
