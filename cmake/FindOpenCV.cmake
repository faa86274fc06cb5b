# Finds the three OpenCV modules that we use without Debian's libopencv-dev, which pulls in half a desktop.
find_path(OpenCV_INCLUDE_DIR opencv2/core.hpp PATH_SUFFIXES opencv4)
foreach(module core imgproc imgcodecs)
  find_library(OpenCV_${module}_LIBRARY opencv_${module})
  list(APPEND OpenCV_required OpenCV_${module}_LIBRARY)
endforeach()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenCV REQUIRED_VARS OpenCV_INCLUDE_DIR ${OpenCV_required})
if(OpenCV_FOUND AND NOT TARGET OpenCV::OpenCV)
  add_library(OpenCV::OpenCV INTERFACE IMPORTED)
  target_include_directories(OpenCV::OpenCV SYSTEM INTERFACE ${OpenCV_INCLUDE_DIR})
  target_link_libraries(OpenCV::OpenCV INTERFACE ${OpenCV_core_LIBRARY} ${OpenCV_imgproc_LIBRARY}
                                                 ${OpenCV_imgcodecs_LIBRARY})
endif()
