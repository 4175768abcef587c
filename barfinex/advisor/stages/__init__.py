"""One file a stage, one public function a file; each output contains the stage's input."""
