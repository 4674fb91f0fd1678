"""llama.cpp in this process: the engine, the thread that runs it, grammars for it."""
