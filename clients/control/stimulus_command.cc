#include "clients/control/stimulus_command.h"

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "clients/control/names.h"
#include "common/figure/image_file.h"
#include "common/resource_name.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

class StimulusCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App& app) override {
    CLI::App* command = app.add_subcommand("stimulus", "Write a stimulus' image to a PNG file");
    command->add_option("NAME", name_, "demo/12 or experiments/demo/stimuli/12")->required();
    command->add_option("-o,--output", path_, "The file; demo-12.png if not given");
    command->add_option("--enlarge", enlarge_, "Make every pixel a square of N x N")
        ->check(CLI::Range(1, 64))
        ->capture_default_str();
    return command;
  }

  absl::StatusOr<ExitCode> Run(CommandContext& context) override {
    const absl::StatusOr<std::string> name = FullStimulusName(name_);
    if (!name.ok()) return UsageError(name.status());
    EVOKE_ASSIGN_OR_RETURN(const ParsedStimulusName parsed, ParseStimulusName(*name));
    EVOKE_ASSIGN_OR_RETURN(v1::Stimulus stimulus, context.api->GetStimulus(*name, true));
    EVOKE_ASSIGN_OR_RETURN(Image image, ImageOf(stimulus));
    EVOKE_ASSIGN_OR_RETURN(image, Enlarge(image, enlarge_));
    const std::string path =
        path_.empty() ? absl::StrCat(LastPart(parsed.experiment), "-", parsed.id, ".png") : path_;
    EVOKE_RETURN_IF_ERROR(WritePng(path, image));
    if (context.json) {
      stimulus.clear_image();  // it is in the file
      PrintJson(stimulus, *context.out);
    } else {
      *context.out << path << ": " << *name << ", " << image.width << " x " << image.height
                   << " pixels\n";
    }
    return ExitCode::kSuccess;
  }

 private:
  std::string name_;
  std::string path_;
  int enlarge_ = 1;
};

}  // namespace

std::unique_ptr<Command> NewStimulusCommand() { return std::make_unique<StimulusCommand>(); }

}  // namespace evoke
