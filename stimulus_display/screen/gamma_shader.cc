#include "stimulus_display/screen/gamma_shader.h"

// Mesa's and NVIDIA's libGL export OpenGL 2.0 on Linux: no loader is needed.
#define GL_GLEXT_PROTOTYPES
#include <GL/gl.h>
#include <GL/glext.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace evoke {
namespace {

// Level n of 255 is at the centre of texel n of 256.
constexpr char kSource[] = R"(#version 110
uniform sampler2D image;
uniform sampler2D table;
void main() {
  vec3 at = (texture2D(image, gl_TexCoord[0].st).rgb * 255.0 + 0.5) / 256.0;
  gl_FragColor = vec4(texture2D(table, vec2(at.r, 0.5)).r,
                      texture2D(table, vec2(at.g, 0.5)).g,
                      texture2D(table, vec2(at.b, 0.5)).b, 1.0);
}
)";

}  // namespace

absl::StatusOr<std::unique_ptr<GammaShader>> GammaShader::Create(const GammaTable& table) {
  std::unique_ptr<GammaShader> made(new GammaShader);  // from here on the destructor cleans up
  const GLuint shader = glCreateShader(GL_FRAGMENT_SHADER);
  const char* source = kSource;
  glShaderSource(shader, 1, &source, nullptr);
  glCompileShader(shader);
  made->program_ = glCreateProgram();
  glAttachShader(made->program_, shader);
  glLinkProgram(made->program_);
  GLint linked = 0;
  glGetProgramiv(made->program_, GL_LINK_STATUS, &linked);
  std::array<char, 1024> log = {};
  glGetShaderInfoLog(shader, static_cast<GLsizei>(log.size()) - 1, nullptr, log.data());
  glDeleteShader(shader);
  if (linked == 0) {
    return absl::UnavailableError(
        absl::StrCat("the graphics driver cannot compile the gamma table's shader: update it, or "
                     "leave the table out. It says: ",
                     log.data()));
  }
  glUseProgram(made->program_);
  glUniform1i(glGetUniformLocation(made->program_, "image"), 0);
  glUniform1i(glGetUniformLocation(made->program_, "table"), 1);
  glUseProgram(0);

  std::array<uint8_t, size_t{GammaTable::kLevels} * 3> texels;
  for (size_t i = 0; i < GammaTable::kLevels; ++i) {
    for (size_t c = 0; c < 3; ++c) texels[i * 3 + c] = table.rgb[c][i];
  }
  glGenTextures(1, &made->table_);
  glActiveTexture(GL_TEXTURE1);
  glBindTexture(GL_TEXTURE_2D, made->table_);  // stays bound there
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  glTexImage2D(GL_TEXTURE_2D, 0, GL_RGB8, GammaTable::kLevels, 1, 0, GL_RGB, GL_UNSIGNED_BYTE,
               texels.data());
  glActiveTexture(GL_TEXTURE0);
  return made;
}

GammaShader::~GammaShader() {
  if (program_ != 0) glDeleteProgram(program_);
  if (table_ != 0) glDeleteTextures(1, &table_);
}

void GammaShader::Begin() const { glUseProgram(program_); }

void GammaShader::End() const { glUseProgram(0); }

}  // namespace evoke
