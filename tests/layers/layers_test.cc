// Reads every #include of the project and holds it against the layers of docs/architecture.md.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace evoke {
namespace {

namespace fs = std::filesystem;

// What each folder may include, beside itself. A folder that is missing here fails the test.
const std::map<std::string, std::set<std::string>>& Allowed() {
  static const auto* const allowed = new std::map<std::string, std::set<std::string>>{
      {"common", {}},
      {"common/figure", {"common"}},
      {"common/timing", {"common"}},
      {"common/torch", {}},
      {"server/latent", {"common", "proto"}},
      {"server/optimizer",
       {"common", "proto", "server/latent", "server/generator", "server/optimizer/evolution",
        "server/optimizer/gradient", "server/optimizer/model", "server/optimizer/tensor_train"}},
      {"server/optimizer/evolution", {"common", "server/latent", "server/optimizer"}},
      {"server/optimizer/gradient",
       {"common", "server/latent", "server/optimizer", "server/optimizer/evolution"}},
      {"server/optimizer/model",
       {"common", "server/latent", "server/generator", "server/optimizer",
        "server/optimizer/evolution"}},
      {"server/optimizer/tensor_train",
       {"common", "server/latent", "server/optimizer", "server/optimizer/evolution"}},
      {"server/generator", {"common", "proto", "server/latent"}},
      {"server/ledger", {"common", "proto"}},
      {"server/experiment",
       {"common", "common/figure", "proto", "server/latent", "server/optimizer", "server/generator",
        "server/ledger"}},
      {"server/service", {"common", "proto", "grpc", "server/experiment", "server/ledger"}},
      {"server", {"common", "common/torch", "server/ledger", "server/service"}},
      {"clients/responder", {"common", "proto"}},
      {"clients/api", {"common", "proto", "grpc", "clients/responder"}},
      {"clients/recorder", {"common"}},
      {"clients/recorder/intan", {"common", "clients/recorder"}},
      {"clients/recorder/open_ephys", {"common", "clients/recorder"}},
      {"clients/recorder/replay",
       {"common", "clients/recorder", "clients/recorder/intan", "clients/recorder/open_ephys"}},
      {"clients/rig",
       {"common", "common/figure", "proto", "clients/api", "clients/responder", "clients/recorder",
        "clients/recorder/intan", "clients/recorder/open_ephys", "clients/recorder/replay"}},
      {"clients/control",
       {"common", "common/figure", "common/timing", "proto", "grpc", "clients/api"}},
      {"clients/optimize",
       {"common", "common/torch", "proto", "server/latent", "server/optimizer",
        "server/generator"}},
      {"stimulus_display/screen", {"common", "common/figure"}},
      {"stimulus_display/calibration", {"common", "common/figure", "stimulus_display/screen"}},
      {"stimulus_display/presenter", {"common", "common/timing", "stimulus_display/screen"}},
      {"stimulus_display/markers",
       {"common", "common/timing", "stimulus_display/presenter", "stimulus_display/screen"}},
      {"stimulus_display/client",
       {"common", "proto", "clients/api", "stimulus_display/presenter", "stimulus_display/screen"}},
      {"stimulus_display",
       {"common", "clients/api", "stimulus_display/calibration", "stimulus_display/client",
        "stimulus_display/markers", "stimulus_display/presenter", "stimulus_display/screen"}},
      {"sim_backend/networks", {"common", "proto", "sim_backend/networks/engine"}},
      {"sim_backend/networks/engine", {"common", "sim_backend/networks"}},
      {"sim_backend/backend", {"common", "proto", "clients/responder", "sim_backend/networks"}},
      {"sim_backend/emulator",
       {"common", "proto", "clients/responder", "clients/recorder/intan",
        "clients/recorder/open_ephys"}},
      {"sim_backend/training",
       {"common", "common/figure", "common/torch", "server/latent", "server/generator",
        "sim_backend/networks"}},
      {"sim_backend/analysis",
       {"common", "common/figure", "proto", "clients/control", "sim_backend/backend",
        "sim_backend/networks", "sim_backend/training"}},
      {"sim_backend/offline",
       {"common", "common/torch", "proto", "clients/control", "clients/responder",
        "server/experiment", "server/generator", "server/ledger", "sim_backend/analysis",
        "sim_backend/backend", "sim_backend/networks"}},
      {"sim_backend",
       {"common", "proto", "clients/api", "clients/responder", "sim_backend/analysis",
        "sim_backend/backend", "sim_backend/emulator", "sim_backend/networks",
        "sim_backend/offline"}},
  };
  return *allowed;
}

struct Include {
  fs::path file;
  std::string folder;  // of the file
  std::string header;  // as written
};

std::vector<Include> AllIncludes() {
  static const std::regex pattern(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"])");
  std::vector<Include> includes;
  for (const char* top : {"common", "server", "clients", "stimulus_display", "sim_backend"}) {
    for (const auto& entry : fs::recursive_directory_iterator(top)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".h" && extension != ".cc") continue;
      std::ifstream file(entry.path());
      for (std::string line; std::getline(file, line);) {
        std::smatch match;
        if (std::regex_search(line, match, pattern)) {
          includes.push_back({entry.path(), entry.path().parent_path().string(), match[1]});
        }
      }
    }
  }
  return includes;
}

bool StartsWith(const std::string& text, const std::string& prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}

// The layer that a header belongs to; empty for the standard library and well-known libraries.
std::string LayerOf(const std::string& header) {
  if (StartsWith(header, "grpcpp/") || header.find(".grpc.pb.h") != std::string::npos)
    return "grpc";
  if (StartsWith(header, "evoke/v1/") || StartsWith(header, "proto/")) return "proto";
  const std::string folder = fs::path(header).parent_path().string();
  return Allowed().contains(folder) ? folder : "";
}

TEST(LayersTest, AFolderIncludesOnlyWhatLiesBelowIt) {
  const std::vector<Include> includes = AllIncludes();
  ASSERT_GT(includes.size(), 300) << "run from the root of the source tree";
  for (const Include& include : includes) {
    const auto allowed = Allowed().find(include.folder);
    ASSERT_NE(allowed, Allowed().end()) << include.folder << " has no row in this test";
    const std::string layer = LayerOf(include.header);
    EXPECT_TRUE(layer.empty() || layer == include.folder || allowed->second.contains(layer))
        << include.file << " includes " << include.header;
  }
}

// Where a heavy or telling library may be included: file name patterns.
struct Confined {
  const char* header;  // start of it
  const char* where;   // regular expression for the file's path
};

TEST(LayersTest, HeavyLibrariesStayWhereTheyBelong) {
  const Confined confined[] = {
      {"torch/", R"(^(server/generator|sim_backend/(networks|training))/.*(\.cc|_module\.h)$)"},
      {"ATen/",
       R"(^(common/torch|server/generator|sim_backend/(networks|training))/.*(\.cc|_module\.h)$)"},
      {"opencv2/", R"(^common/figure/)"},
      {"SDL", R"(^stimulus_display/screen/)"},
      {"GL/", R"(^stimulus_display/screen/)"},
      {"Eigen/", R"(^(server/optimizer|sim_backend/training)/)"},
      {"sqlite3", R"(^server/ledger/)"},
      {"SQLiteCpp/", R"(^server/ledger/)"},
      {"google/protobuf/",
       R"(^(server/(ledger|experiment|service)|clients|sim_backend/backend|stimulus_display/client)/)"},
      {"CLI/", R"((main|command|connection_flags)[a-z_]*\.(cc|h)$)"},
  };
  for (const Include& include : AllIncludes()) {
    for (const Confined& rule : confined) {
      if (!StartsWith(include.header, rule.header)) continue;
      EXPECT_TRUE(std::regex_search(include.file.string(), std::regex(rule.where)))
          << include.file << " includes " << include.header;
    }
  }
}

TEST(LayersTest, AModuleHeaderIsIncludedOnlyByTorchSources) {
  for (const Include& include : AllIncludes()) {
    if (include.header.find("_module.h") == std::string::npos) continue;
    const std::string file = include.file.string();
    EXPECT_TRUE(include.file.extension() == ".cc" || file.find("_module.h") != std::string::npos)
        << file << " includes " << include.header;
  }
}

}  // namespace
}  // namespace evoke
