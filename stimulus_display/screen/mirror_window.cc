#include "stimulus_display/screen/mirror_window.h"

#include <SDL.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "stimulus_display/screen/mirror_picture.h"

namespace evoke {
namespace {

constexpr int kBoardDescriptor = 3;
constexpr int kMillisPerLook = 200;
constexpr int kNice = 10;

struct DestroyTexture {
  void operator()(SDL_Texture* texture) const { SDL_DestroyTexture(texture); }
};
struct DestroyRenderer {
  void operator()(SDL_Renderer* renderer) const { SDL_DestroyRenderer(renderer); }
};
struct DestroyWindow {
  void operator()(SDL_Window* window) const { SDL_DestroyWindow(window); }
};

// Opened when the size of the screen is known, and with the shape of the screen.
class Window {
 public:
  absl::Status Show(const Image& picture, int screen_index) {
    if (!window_) {
      const int position = static_cast<int>(SDL_WINDOWPOS_UNDEFINED_DISPLAY(screen_index));
      window_.reset(SDL_CreateWindow("Evoke - mirror", position, position, picture.width,
                                     picture.height, SDL_WINDOW_RESIZABLE));
      if (window_) renderer_.reset(SDL_CreateRenderer(window_.get(), -1, SDL_RENDERER_SOFTWARE));
      if (renderer_) {
        texture_.reset(SDL_CreateTexture(renderer_.get(), SDL_PIXELFORMAT_RGB24,
                                         SDL_TEXTUREACCESS_STREAMING, picture.width,
                                         picture.height));
      }
      if (!texture_) {
        return absl::UnavailableError(absl::StrCat("cannot open the mirror window (",
                                                   SDL_GetError(), "): check --mirror-display"));
      }
      SDL_RenderSetLogicalSize(renderer_.get(), picture.width, picture.height);
    }
    SDL_UpdateTexture(texture_.get(), nullptr, picture.rgb.data(), picture.width * 3);
    SDL_RenderClear(renderer_.get());
    SDL_RenderCopy(renderer_.get(), texture_.get(), nullptr, nullptr);
    SDL_RenderPresent(renderer_.get());
    return absl::OkStatus();
  }

 private:
  std::unique_ptr<SDL_Window, DestroyWindow> window_;
  std::unique_ptr<SDL_Renderer, DestroyRenderer> renderer_;
  std::unique_ptr<SDL_Texture, DestroyTexture> texture_;
};

absl::Status ShowUntilClosed(const MirrorBoard& board, const MirrorOptions& options, pid_t parent) {
  Window window;
  while (getppid() == parent) {
    if (const std::optional<MirrorView> view = board.Read(); view && view->width > 0) {
      const absl::StatusOr<Image> picture = DrawMirror(*view, options.width);
      if (!picture.ok()) return picture.status();
      if (absl::Status status = window.Show(*picture, options.screen_index); !status.ok()) {
        return status;
      }
    }
    SDL_Event event;
    for (bool more = SDL_WaitEventTimeout(&event, kMillisPerLook) != 0; more;
         more = SDL_PollEvent(&event) != 0) {
      if (event.type == SDL_QUIT) return absl::OkStatus();
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<MirrorProcess>> MirrorProcess::Start(const MirrorBoard& board,
                                                                    const MirrorOptions& options) {
  const std::vector<std::string> arguments = {"evoke-display",   "mirror",
                                              "--board",         absl::StrCat(kBoardDescriptor),
                                              "--mirror-screen", absl::StrCat(options.screen_index),
                                              "--mirror-width",  absl::StrCat(options.width)};
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string entry = *variable;
    if (options.display.empty() || entry.rfind("DISPLAY=", 0) != 0) variables.push_back(entry);
  }
  if (!options.display.empty()) variables.push_back(absl::StrCat("DISPLAY=", options.display));
  std::vector<char*> envp;
  for (std::string& variable : variables) envp.push_back(variable.data());
  envp.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  // Of all descriptors the board alone is inherited.
  posix_spawn_file_actions_adddup2(&actions, board.descriptor(), kBoardDescriptor);
  pid_t pid = 0;
  const int error =
      posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    return absl::ErrnoToStatus(error, "cannot start the mirror; show without --mirror");
  }
  return std::unique_ptr<MirrorProcess>(new MirrorProcess(pid));
}

MirrorProcess::~MirrorProcess() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

absl::Status RunMirror(int board_descriptor, const MirrorOptions& options) {
  const pid_t parent = getppid();
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  setpriority(PRIO_PROCESS, 0, kNice);
  auto board = MirrorBoard::Attach(board_descriptor);
  if (!board.ok()) return board.status();
  SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
  if (SDL_InitSubSystem(SDL_INIT_VIDEO) != 0) {
    return absl::UnavailableError(absl::StrCat("cannot open the mirror window (", SDL_GetError(),
                                               "): check --mirror-display"));
  }
  const absl::Status status = ShowUntilClosed(**board, options, parent);
  SDL_QuitSubSystem(SDL_INIT_VIDEO);
  return status;
}

}  // namespace evoke
