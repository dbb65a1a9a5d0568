"""The whole ways, one public function each: folders to catalog, catalog to clusters."""
