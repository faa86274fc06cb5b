#include "sim_backend/analysis/network_command.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

using Noise = NeuronOptions::Noise;

const std::map<std::string, Noise>& NoiseNames() {
  static const auto* const names =
      new std::map<std::string, Noise>{{"none", Noise::kNone},
                                       {"multiplicative", Noise::kMultiplicative},
                                       {"poisson", Noise::kPoisson}};
  return *names;
}

}  // namespace

void NetworkCommand::AddTo(CLI::App* app) {
  app->add_option("--models", model_dir, "Folder of models")->capture_default_str();
  app->add_option("--model", model, "Name of the network")->capture_default_str();
  app->add_option("--steps", options.steps, "Time steps of a response; 0: as the model says")
      ->check(CLI::Range(0, 10000))
      ->capture_default_str();
  app->add_option("--input", options.encoding,
                  "direct: the image in every step; or poisson: spikes drawn from it, of spiking "
                  "networks")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, InputEncoding>{{"direct", InputEncoding::kDirect},
                                               {"poisson", InputEncoding::kPoisson}},
          CLI::ignore_case))
      ->default_str("direct");
}

absl::StatusOr<std::unique_ptr<Network>> NetworkCommand::Load() const {
  return LoadNetwork(model_dir, model, options);
}

void NeuronCommand::AddTo(CLI::App* app) {
  app->add_option("--noise", options.noise,
                  "poisson; multiplicative: a gain for each presentation, see --reliability; or "
                  "none: the same spikes at every repeat")
      ->transform(CLI::CheckedTransformer(NoiseNames(), CLI::ignore_case))
      ->default_str("poisson");
  app->add_option("--reliability", options.reliability,
                  "Of multiplicative noise: the correlation of two repeats over stimuli, for a "
                  "unit with exponentially distributed responses")
      ->capture_default_str();
  app->add_option("--latency-ms", latency_ms, "From the onset to the first spikes")
      ->capture_default_str();
  app->add_option("--spontaneous-hz", options.spontaneous_hz, "Spikes/s without any stimulus")
      ->capture_default_str();
}

absl::StatusOr<NeuronOptions> NeuronCommand::Options() const {
  NeuronOptions complete = options;
  complete.latency = absl::Milliseconds(latency_ms);
  EVOKE_RETURN_IF_ERROR(complete.Validate());
  return complete;
}

std::string Describe(const NeuronOptions& options) {
  std::string noise;
  for (const auto& [name, value] : NoiseNames()) {
    if (value == options.noise) noise = name;
  }
  if (options.noise == Noise::kMultiplicative) {
    absl::StrAppend(&noise, " (reliability ", options.reliability, ")");
  }
  return absl::StrCat("noise: ", noise, ", latency ", absl::FormatDuration(options.latency),
                      ", spontaneous ", options.spontaneous_hz, " spikes/s");
}

}  // namespace evoke
