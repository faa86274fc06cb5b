# Flags for our own code only; headers of other libraries come in as SYSTEM includes.
add_library(evoke_flags INTERFACE)
target_include_directories(evoke_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(evoke_flags INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
                                             -Wno-unused-parameter -Wno-missing-field-initializers)
if(EVOKE_WERROR)
  target_compile_options(evoke_flags INTERFACE -Werror)
endif()
if(EVOKE_THREAD_SAFETY)
  target_compile_options(evoke_flags INTERFACE -Wthread-safety)
endif()
if(EVOKE_SANITIZE)
  target_compile_options(evoke_flags INTERFACE -fsanitize=${EVOKE_SANITIZE} -fno-omit-frame-pointer
                                               -fno-sanitize-recover=all)
  target_link_options(evoke_flags INTERFACE -fsanitize=${EVOKE_SANITIZE})
endif()
if(EVOKE_FUZZ)
  target_compile_options(evoke_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
# lld links in a thirtieth of bfd's time.
find_program(LLD ld.lld)
if(LLD)
  add_link_options(-fuse-ld=lld)
endif()
